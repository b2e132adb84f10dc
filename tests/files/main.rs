//! Files: tables, pictures, run folders.

mod io;
mod plot;
mod record;
mod stored;
