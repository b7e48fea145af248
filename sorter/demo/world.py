"""The files a demo runs on: plant and manifest for the twin, table, plan and config for the box."""

from __future__ import annotations

import json
from pathlib import Path

from sorter.demo.mix import Mix, write_manifest
from sorter.demo.plant import LINE_NAME, line_toml, write_plant
from sorter.demo.table_source import write_plan, write_table_source
from sorter.table import TableStore, compile_table, read_source

BOX = "box-1"
SITE = "liege"
FIRST_REVISION = 1
CUSTOMS_REVISION = 2


class World:
    """A demo's folder."""

    def __init__(self, folder: Path, mix: Mix) -> None:
        self.folder = folder
        self.plant = write_plant(folder, full_at=mix.full_at, never=len(mix.parcels) + 1)
        self.manifest = write_manifest(folder, mix)
        self.state = folder / "box"
        self.config = folder / "sorter.toml"
        self.hub_db = folder / "hub.sqlite"
        self.plan = write_plan(folder)
        self.first_table = self._compiled(mix, FIRST_REVISION, customs_hold=False)
        self.customs_source = write_table_source(
            folder / "customs-hold", mix, revision=CUSTOMS_REVISION, customs_hold=True
        )
        self.customs_table = folder / "customs-hold.table"

    @property
    def journal(self) -> Path:
        """The line's journal."""
        return self.state / "journal" / LINE_NAME

    def log(self, process: str) -> Path:
        """Where a process's messages go."""
        return self.folder / f"{process}.log"

    def load_first_table(self) -> None:
        """Put the first table and the plan into the box's store, in force from the first start."""
        store = TableStore(self.state / "store")
        table = store.load_table(self.first_table, site=SITE)
        plan = store.load_plan(self.plan, LINE_NAME)
        store.activate(LINE_NAME, table.digest, plan.digest)

    def write_config(
        self, *, plc_port: int, scanner_port: int, broker_port: int, mqtt_version: str
    ) -> None:
        """Write the box's config, once the ports are known."""
        head = (
            f'[box]\nname = "{BOX}"\nsite = "{SITE}"\n'
            # A JSON string is a TOML basic string, whatever stands in the path.
            f"state_dir = {json.dumps(str(self.state))}\n"
            f"runtime_dir = {json.dumps(str(self.folder / 'run'))}\n\n"
            f'[broker]\nport = {broker_port}\nmqtt_version = "{mqtt_version}"\n\n'
        )
        lines = line_toml(plc_port=plc_port, scanner_port=scanner_port)
        self.config.write_text(head + lines, encoding="utf-8")

    def _compiled(self, mix: Mix, revision: int, *, customs_hold: bool) -> Path:
        source = write_table_source(
            self.folder / "table", mix, revision=revision, customs_hold=customs_hold
        )
        path = self.folder / "first.table"
        compile_table(read_source(source), path)
        return path
