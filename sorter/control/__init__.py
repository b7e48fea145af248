"""The control process: one thread that owns a line's engine, scanners and PLC."""
