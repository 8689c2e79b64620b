"""Results for other programs: a table in CSV, labelled arrays in NetCDF."""

from pathlib import Path

from scans.directory import replacing
from scans.results import dataset, save


def export(directory: Path, kinds: tuple[str, ...] = ("csv", "nc")) -> list[Path]:
    """Write ``results.csv`` and ``results.nc`` into an output directory and return their paths.

    The CSV file has a row for each state point and size, and a column for each variable; arrays such as
    histograms, which have further dimensions, are in the NetCDF file only. Numbers are spelled so that they
    read back exactly.
    """
    data = dataset(directory)
    written = []
    for kind in kinds:
        path = directory / f"results.{kind}"
        if kind == "nc":
            save(data, path)
        else:
            rows = [*data.attrs["axes"].split(), *(["N"] if "N" in data.dims else [])]
            scalars = [name for name in data.data_vars if set(data[name].dims) <= set(rows)]
            # with the axes put back, as a partial result may have no variable that runs along them
            values = data[scalars].assign_coords({name: data[name] for name in rows})
            table = (values if rows else values.expand_dims(row=[0])).to_dataframe(dim_order=rows or None)
            with replacing(path) as temporary:
                table.to_csv(temporary, index=bool(rows))
        written.append(path)
    return written
