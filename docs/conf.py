"""Sphinx: how the pages become a site. Built without network."""

from __future__ import annotations

from importlib.metadata import version as installed_version

project = "anew"
author = "The anew developers"
copyright = "2026, the anew developers"  # noqa: A001 - Sphinx wants this name
version = release = installed_version("anew")

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx_click",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["_build"]
default_role = "py:obj"  # `name` in a docstring is Python's; a link where it has a page

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
numpydoc_show_class_members = False  # autodoc lists them
copybutton_prompt_text = "$ "  # what is copied can be typed

html_theme = "pydata_sphinx_theme"
html_title = "anew"
html_theme_options = {
    "navigation_with_keys": False,
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
}
