"""The base class of API responses."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    """An API response. Docstrings under fields become their descriptions in OpenAPI."""

    model_config = ConfigDict(use_attribute_docstrings=True)
