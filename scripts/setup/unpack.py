"""Unpacks the files of a wheel that match a pattern: unpack.py WHEEL FOLDER PATTERN... Prints the bytes written so far."""

import os
import re
import sys
import zipfile

wheel, folder, *patterns = sys.argv[1:]
wanted = re.compile("|".join(patterns))
step = 16 << 20
done = 0

with zipfile.ZipFile(wheel) as archive:
    for entry in archive.infolist():
        if entry.is_dir() or not wanted.search(entry.filename):
            continue
        path = os.path.join(folder, *entry.filename.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with archive.open(entry) as source, open(path, "wb") as target:
            while chunk := source.read(step):
                target.write(chunk)
                done += len(chunk)
                print(done, flush=True)
            # The folder is renamed afterwards, and by then its bytes must be on the disk.
            target.flush()
            os.fsync(target.fileno())
        if "/bin/" in entry.filename:
            os.chmod(path, 0o755)
