"""Whether two result files hold the same data, bit by bit: ``python same.py ONE OTHER``; exit code 1 if not."""

import sys

import h5py


def data(path: str) -> dict[str, tuple[str, bytes]]:
    """All arrays of a result file: their types and bytes. When and where they were computed are attributes."""
    with h5py.File(path) as file:
        return {
            name: (str(item.dtype), item[()].astype(bytes if item.dtype.kind == "O" else item.dtype).tobytes())
            for name, item in file.items()
        }


if __name__ == "__main__":
    one, other = map(data, sys.argv[1:3])
    differ = [name for name in one | other if one.get(name) != other.get(name)]
    print(f"{sys.argv[2]}: {len(one)} arrays, {f'these differ: {differ}' if differ else 'all the same bits'}")
    sys.exit(bool(differ))
