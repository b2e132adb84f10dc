//! Files: tables, pictures, run folders.

mod blocks;
mod folder;
mod io;
mod plot;
mod record;
mod stored;
