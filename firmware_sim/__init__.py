"""A parcel sorting line that can be run on a desk: plant physics, PLC firmware and scanner.

The twin shares no code and no constant with the controller it is tested against; what both know
is the register map (`docs/plc-register-map.md`) and the scanner's telegram. Everything except
`__main__`, `modbus_server`, `scanner_server` and `console` is pure: simulated time goes in, and
the same seed with the same orders at the same simulated times gives the same line.

One parcel's way: `feeder` puts it on the belt, `physics` carries it past the eyes, `telegram`
tells its codes, `firmware` fires what the host armed, `diverters` turn it off the belt,
`chutes` confirm it, and `truth` says where it ended and whether that was right.
"""
