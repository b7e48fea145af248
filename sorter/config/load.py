"""From the file to the config, or to everything that is wrong with it."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import ValidationError

from sorter.config.shape import Config
from sorter.config.wording import worded

MAX_CONFIG_BYTES = 1 << 20


class ConfigError(ValueError):
    """The configuration can't be used. `problems` holds one line per error."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.path = path
        self.problems = problems
        super().__init__("\n".join(f"{path}: {problem}" for problem in problems))


def load_config(path: Path) -> Config:
    """Read and validate the config file at `path`. Raises ConfigError with every problem."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_CONFIG_BYTES + 1)
    except OSError as error:
        raise ConfigError(path, [f"can't be read: {error.strerror}"]) from error
    if len(text) > MAX_CONFIG_BYTES:
        raise ConfigError(path, [f"is larger than {MAX_CONFIG_BYTES} bytes"])
    try:
        content = tomllib.loads(text.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(path, [f"is no TOML: {error}"]) from error
    try:
        return Config.model_validate(content)
    except ValidationError as error:
        problems = [line for detail in error.errors() for line in worded(detail, content)]
        raise ConfigError(path, problems) from error
