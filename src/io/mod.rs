//! Files: CSV, NPY, NPZ, IDX, and the embedded digits.
