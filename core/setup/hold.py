"""Hold a lock for another program: hold.py FILE

Says "held" once it has the lock, and keeps it until its standard input ends, which the death of the
program at the other end also brings about.
"""

import fcntl
import os
import sys

lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
