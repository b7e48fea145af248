"""The box's configuration: one TOML file -> a validated, frozen `Config`.

Every error of a file is found in one run and named with file, key, what was found and what was
expected; a misspelt key is answered with the nearest right one. Secrets are never in it.
"""

from sorter.config.load import MAX_CONFIG_BYTES, ConfigError, load_config
from sorter.config.scanners import ScannerConfig
from sorter.config.shape import (
    BeltConfig,
    BoxConfig,
    BrokerConfig,
    ChuteConfig,
    Config,
    DiverterConfig,
    EndEyeConfig,
    EyeConfig,
    EyesConfig,
    LineConfig,
    PlcConfig,
    RateConfig,
)

__all__ = [
    "MAX_CONFIG_BYTES",
    "BeltConfig",
    "BoxConfig",
    "BrokerConfig",
    "ChuteConfig",
    "Config",
    "ConfigError",
    "DiverterConfig",
    "EndEyeConfig",
    "EyeConfig",
    "EyesConfig",
    "LineConfig",
    "PlcConfig",
    "RateConfig",
    "ScannerConfig",
    "load_config",
]
