"""Runs a command and prints the most memory in bytes that it ever had resident.

    python benches/peak.py COMMAND ARGUMENTS...

A program of its own: Linux counts what the process had that forked, and this one is small. Standard
input goes to the command, whose standard output is thrown away. Ends as the command ends.
"""

import os
import subprocess
import sys

if __name__ == "__main__":
    program = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    print(used.ru_maxrss * 1024)
    sys.exit(program.returncode)
