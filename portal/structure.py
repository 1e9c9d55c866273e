"""The tree of structures: who stands below whom.

Kept in the process, read again with the catalog version.
"""

from __future__ import annotations

from collections.abc import Iterable

from portal.builtin.directory import Structure
from portal.errors import Invalid
from portal.i18n import _


class Tree:
    """Every structure of one moment, with its path from the root ("/1/4/")."""

    def __init__(self, paths: dict[int, str] | None = None, version: int = -1) -> None:
        self.version = version
        self.paths = paths or {}

    def below(self, zones: Iterable[int]) -> tuple[int, ...]:
        """The structures of `zones` and all that stand below them.

        A right on one is a right on these.
        """
        tops = tuple(self.paths[zone] for zone in zones if self.paths.get(zone))
        if not tops:
            return ()
        return tuple(sorted(id for id, path in self.paths.items() if path.startswith(tops)))


_current = Tree()


def current() -> Tree:
    """The tree as last read."""
    return _current


def refresh(version: int) -> Tree:
    """Read the tree again when the catalog version is another one (one query)."""
    global _current
    if _current.version != version:
        _current = Tree(dict(Structure.select(Structure.id, Structure.path).tuples()), version)
    return _current


def repath() -> Tree:
    """Write the path of every structure from its parents, inside the transaction that changed one.

    The tree as it now is: the one of the process is read again once the change is committed.

    Raises Invalid when a structure would stand below itself, or when there would be a second root.
    """
    rows = list(Structure.select(Structure.id, Structure.parent, Structure.path).tuples())
    parents = {id: parent for id, parent, _path in rows}
    roots = [id for id, parent in parents.items() if parent is None]
    if len(roots) > 1:
        raise Invalid(
            _("There is one root structure only."),
            _("Choose a parent structure."),
            {"parent": _("Choose a parent structure: there is one root only.")},
        )
    paths = {id: _path_of(id, parents) for id in parents}
    for id, _parent, path in rows:
        if paths[id] != path:
            Structure.update(path=paths[id]).where(Structure.id == id).execute()
    return Tree(paths)


def _path_of(id: int, parents: dict[int, int | None]) -> str:
    chain: list[int] = []
    where: int | None = id
    while where is not None:
        if where in chain:
            raise Invalid(
                _("A structure cannot stand below itself."),
                _("Choose another parent structure."),
                {"parent": _("A structure cannot stand below itself.")},
            )
        chain.append(where)
        where = parents[where]
    return "/" + "/".join(str(step) for step in reversed(chain)) + "/"
