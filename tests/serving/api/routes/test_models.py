from tests.support.service import Service


def test_models(service: Service) -> None:
    (model,) = (model for model in service.client.get("/models").json() if model["name"] == "gaussian")
    assert model.pop("run_id")
    assert set(model.pop("errors")) == {"d0", "d1", "d2", "max_error"}
    assert model.pop("condition") > 1
    assert model.pop("run_url").startswith("http://127.0.0.1:5000/#/experiments/1/runs/")
    assert 0 < model.pop("rounding") < 1e-8
    assert model == {
        "name": "gaussian",
        "version": 1,
        "alias": "champion",
        "kind": "function",
        "target": "gaussian",
        "domain": [-5, 5],
        "activation": "tanh",
        "orders": [0, 1, 2, 3, 4],
        "warnings": [],
        "bands": [],
        "truth_orders": [0, 1, 2],
        "samples": 0,
        "x_name": "x",
        "y_name": None,
    }


def test_the_versions_of_a_model(service: Service) -> None:
    (version,) = service.client.get("/models/gaussian/versions").json()
    assert (version["version"], version["aliases"]) == (1, ["champion"])
    assert version["run_url"].endswith(version["run_id"])
    answer = service.client.get("/models/nope/versions")
    assert (answer.status_code, answer.json()) == (404, {"detail": "no such model is registered"})
