"""Comparing NetCDF files of the classic formats; those of version 4 are HDF5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anew.compare.files.way import Way
    from anew.compare.finding import Finding

__all__ = ["compare_netcdf"]


def compare_netcdf(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare dimensions, attributes and variables.

    Parameters
    ----------
    a, b
        Their bytes.
    way
        How to compare.
    """
    return way.compare_tree(_read(a), _read(b))


def _read(data: bytes) -> dict[str, Any]:
    """Read a whole file."""
    import netCDF4

    with netCDF4.Dataset("in memory", memory=data) as file:
        file.set_auto_maskandscale(False)
        return {
            "dimensions": {n: (d.size, d.isunlimited()) for n, d in file.dimensions.items()},
            "attributes": _attributes(file),
            "variables": {
                name: {
                    "dimensions": list(each.dimensions),
                    "attributes": _attributes(each),
                    "values": each[...],
                }
                for name, each in file.variables.items()
            },
        }


def _attributes(part: Any) -> dict[str, Any]:
    return {name: part.getncattr(name) for name in part.ncattrs()}
