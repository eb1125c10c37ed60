"""Fill a cache folder once: locked.py FOLDER COMMAND [ARGUMENT...]

Runs COMMAND FOLDER ARGUMENT... in an empty FOLDER while holding a lock, and marks the folder as
done. The command inherits the lock, so that a run which was killed keeps others out for as long as
one of its children still writes to the folder.
"""

import fcntl
import os
import shutil
import subprocess
import sys


def fill(folder, command, arguments):
    lock = os.open(folder + ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    done = os.path.join(folder, ".done")
    if os.path.exists(done):
        return 0
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    status = subprocess.call([command, folder, *arguments], pass_fds=[lock])
    if status == 0:
        open(done, "w").close()
    return status


if __name__ == "__main__":
    sys.exit(fill(sys.argv[1], sys.argv[2], sys.argv[3:]))
