"""What can go wrong with what is kept.

The tree::

    StorageError
    ├── TakenError          a unique constraint already holds that key
    ├── UnknownParentError  a row names a parent row that is not there
    ├── StaleError          somebody else saved the case since it was read
    ├── BusyError           the database could not give the lock in time; try again
    ├── UnavailableError    the database does not answer, its disk is full or broken
    ├── ValueFormError      a value is not of its column's form (an instant without Z, a hash of other length)
    ├── NumberError         an official number is not in the state asked for
    ├── FileError           ← FileTooLargeError, FileMissingError, FileDamagedError
    └── OperatingError      what an operator asked for cannot be done
        ├── AddressError    a database address of a kind Anjuan does not run on
        ├── SchemaError     a database whose tables are not those of this version
        ├── ReadOnlyError   a SQLite file that cannot be written, and has to be
        ├── ProtectionError a role that cannot be kept from changing histories
        └── BackupError     a copy that cannot be made, or is not whole
"""

from sqlalchemy.exc import DontWrapMixin


class StorageError(Exception):
    """Something about what is kept went wrong."""


class TakenError(StorageError):
    """A unique constraint already holds that key.

    Attributes:
        constraint: name of the constraint, the same on both databases: ``uq_entry_case_key``, ``pk_entry``.
    """

    def __init__(self, constraint: str) -> None:
        super().__init__(f"already taken: {constraint}")
        self.constraint = constraint


class UnknownParentError(StorageError):
    """A row names a parent row that is not there."""


class StaleError(StorageError):
    """Somebody else saved the case since it was read.

    Attributes:
        case: id of the case.
        version: the version that was expected.
    """

    def __init__(self, case: str, version: int) -> None:
        super().__init__(f"case {case} is no longer at version {version}")
        self.case = case
        self.version = version


class BusyError(StorageError):
    """The database could not give the lock in time, or broke a deadlock; nothing was written, try again."""


class UnavailableError(StorageError):
    """The database does not answer, or its disk is full or broken; what was under way may or may not be written.

    Trying again is safe where the idempotency key of an entry guards what is written.
    """


class ValueFormError(DontWrapMixin, StorageError, ValueError):
    """A value is not of its column's form.

    Attributes:
        value: what was given.
        expected: the form asked for, in words.
    """

    def __init__(self, value: object, expected: str) -> None:
        super().__init__(f"{value!r} is not {expected}")
        self.value = value
        self.expected = expected


class OperatingError(StorageError):
    """What an operator asked for cannot be done.

    Attributes:
        code: stable word that the command line turns into a sentence.
        fields: what the sentence names.
    """

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(f"{code} {fields}" if fields else code)
        self.code = code
        self.fields = fields


class AddressError(OperatingError, ValueError):
    """A database address of a kind Anjuan does not run on."""


class SchemaError(OperatingError):
    """A database's tables are not those of this version: there are none, or they are older, newer or others."""


class ReadOnlyError(OperatingError):
    """A SQLite file that cannot be written: something was to be, its log is not taken in, or somebody else wrote it."""


class NumberError(StorageError):
    """An official number is not in the state asked for."""


class FileError(StorageError):
    """Something about a kept file went wrong.

    Attributes:
        sha256: its name, or empty while it is not known.
        reason: what, in words.
    """

    def __init__(self, sha256: str, reason: str) -> None:
        super().__init__(f"{sha256}: {reason}" if sha256 else reason)
        self.sha256 = sha256
        self.reason = reason


class FileTooLargeError(FileError):
    """A file is larger than its limit; nothing of it was kept."""


class FileMissingError(FileError):
    """No file of that name is kept."""


class FileDamagedError(FileError):
    """A file's bytes no longer have the hash it is named by."""


class ProtectionError(OperatingError):
    """A role cannot be kept from changing histories."""


class BackupError(OperatingError):
    """A copy cannot be made, is not whole, or does not fit where it is to be put."""
