"""The README and the pages that it links."""

from tests.support.environment import ROOT

PAGES = [ROOT / "README.md", ROOT / "training" / "README.md", ROOT / "serving" / "README.md"]
README = "\n".join(page.read_text() for page in PAGES)
