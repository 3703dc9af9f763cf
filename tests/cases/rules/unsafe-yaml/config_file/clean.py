"""The agent's configuration."""

import yaml


def load_config(path: str) -> dict:
    """Settings from a YAML file."""
    with open(path) as stream:
        settings = yaml.safe_load(stream)
    return {"name": settings["name"], "retries": settings.get("retries", 3)}
