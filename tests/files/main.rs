//! Files: tables, pictures, run folders.

mod blocks;
mod io;
mod plot;
mod record;
mod stored;
