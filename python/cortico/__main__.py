"""`python -m cortico`: the command."""

import os
import pathlib
import sys


def main() -> None:
    """Becomes the native command."""
    command = pathlib.Path(__file__).parent / "bin" / "cortico"
    if not command.exists():
        sys.exit(f"cortico: the command is not beside the package ({command})")
    os.execv(command, [str(command), *sys.argv[1:]])


if __name__ == "__main__":
    main()
