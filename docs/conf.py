"""How the pages are made: offline, strict, what can be derived derived."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from corena_recon import __version__

project = "corena_recon"
copyright = "MIT licence"
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "derived"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "corena_recon"
html_show_sphinx = False
html_copy_source = False
myst_heading_anchors = 3
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_default_options = {"exclude-members": "set_trait, get_state"}
napoleon_use_ivar = True
