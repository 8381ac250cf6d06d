from training.differentiation.config import DerivativesConfig
from training.differentiation.study_networks import FUNCTION_FIGURES, STUDY, with_network


def test_the_networks_have_the_study_s_figures() -> None:
    assert {number: (network.units, order) for network in STUDY for number, order in network.figures.items()} == {
        44: (30, 0),
        45: (30, 1),
        46: (30, 2),
        47: (200, 1),
        48: (200, 2),
        49: (300, 2),
        50: (500, 2),
    }


def test_a_network_s_training_is_the_study_s() -> None:
    config = with_network(DerivativesConfig.parse(["--figures=study"]), STUDY[-1])
    assert (config.hidden, config.epochs, config.batch_size) == ((500, 500), 20, 50)
    assert config.optimizer == "adam"


def test_the_settings_are_the_study_s_and_no_figure_is_missing() -> None:
    assert [(network.units, network.epochs, network.batch_size) for network in STUDY] == [
        *((30, 15, 100), (200, 100, 100)),
        *((300, 100, 100), (500, 20, 50)),
    ]
    assert [*FUNCTION_FIGURES, *(number for network in STUDY for number in network.figures)] == list(range(42, 51))
