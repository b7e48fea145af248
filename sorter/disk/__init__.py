"""Files that survive crashes and power cuts: atomic replacement, the journal, cursors."""
