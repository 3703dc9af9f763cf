"""One tree of errors. Each message says what happened and what to do about it.

SutureError
├── SettingsError          the operator has to set something
├── InputError             the caller gave something that cannot be read (a range, a patch, a diff)
│   └── RunnerMissing        nobody here can run tests in that language
├── ForgeError             GitHub or git said no
│   ├── PermissionMissing    the App lacks a permission
│   ├── GoneError            the pull request, branch or repository is no longer there
│   └── ForgeUnavailable     a passing fault: try again later
├── ReviewerError          a reviewer could not do its work
│   └── BudgetSpent          what it may cost is spent
├── SandboxUnavailable     no sandbox: no code is run
├── EnvironmentUnavailable the repository's environment cannot be had
└── Superseded             a newer push took this job's place
    ├── Stopped              somebody stopped it
    └── Draft                it waits until the pull request is ready for review
"""

from __future__ import annotations


class SutureError(Exception):
    """Base of all errors that the program expects and explains."""


class SettingsError(SutureError):
    """The operator has to set or mend something; the message names the setting."""


class InputError(SutureError):
    """Something the caller gave cannot be used; the message says which and why."""


class RunnerMissing(InputError):
    """No tests can be run in the language of a file, or of a repository; the message names it."""


class ForgeError(SutureError):
    """The forge (GitHub, git) refused or failed."""


class PermissionMissing(ForgeError):
    """The App's installation lacks a permission that the call needs."""


class GoneError(ForgeError):
    """What was asked for no longer exists (closed, deleted, force-pushed away)."""


class ForgeUnavailable(ForgeError):
    """A passing fault of the forge; the same call may succeed later."""


class ReviewerError(SutureError):
    """A reviewer failed; never to be read as "nothing found"."""


class BudgetSpent(ReviewerError):
    """A ceiling of the budget leaves no room for another call; what was not examined has to be listed."""


class SandboxUnavailable(SutureError):
    """No sandbox that passes its probes: code of the pull request is not run."""


class EnvironmentUnavailable(SutureError):
    """The environment the repository's code needs cannot be built; nothing can be proven."""


class Superseded(SutureError):
    """A newer push of the same pull request has taken this job's place."""


class Stopped(Superseded):
    """Somebody who may stop the review of a pull request did; the message says who."""


class Draft(Superseded):
    """The pull request is a draft, and its repository has no drafts reviewed; nobody is told."""
