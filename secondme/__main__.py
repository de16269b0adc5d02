"""`secondme` and `python -m secondme`: run the command line, print errors in one place."""

from __future__ import annotations

import errno
import sys


def main() -> None:
    """Exit with the codes of `sysexits.h`; a person's mistake never ends in a traceback."""
    sys.exit(_run(sys.argv[1:]))


def _run(arguments: list[str]) -> int:
    import click

    from secondme.cli import cli
    from secondme.errors import SecondMeError

    try:
        code = cli.main(arguments, prog_name="secondme", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except SecondMeError as error:
        return _tell(error)
    except click.exceptions.Exit as request:
        return request.exit_code
    except click.ClickException as error:
        error.show(sys.stderr)
        return 64
    except (click.Abort, KeyboardInterrupt):
        print("Stopped. What was finished is kept.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:
        return _tell(_from_system(error))
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "sqlcipher3":
            raise
        from secondme.vault.connection import translate

        return _tell(translate(error))


def _tell(error: Exception) -> int:
    print(error, file=sys.stderr)
    hint = getattr(error, "hint", "")
    if hint:
        print(f"→ {hint}", file=sys.stderr)
    return int(getattr(error, "code", 70))


def _from_system(error: OSError) -> Exception:
    from secondme.errors import CannotCreate, DiskFull, NotFound, VaultError

    where = f" ({error.filename})" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return DiskFull("The disk is full.", "Free some space and run the same command again.")
    if error.errno == errno.ENOENT:
        return NotFound(f"There is no such file{where}.", "Check the path.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return CannotCreate(f"Permission denied{where}.", "Check the permissions.")
    return VaultError(f"{error.strerror or 'Reading or writing failed'}{where}.", "Try again.")


if __name__ == "__main__":
    main()
