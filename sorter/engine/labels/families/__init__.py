"""The tables of formats, one file a family. Which formats there are and their order: catalogue."""
