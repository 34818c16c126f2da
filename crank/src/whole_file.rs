//! Files that are there whole or not at all.

use std::io::Write;
use std::path::Path;

use crate::descriptors::with_reserve;

/// Writes a file under another name first, so that nobody ever reads half of it.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let draft = path.with_extension("draft");
    let mut file = with_reserve(|| std::fs::File::create(&draft))?;
    file.write_all(bytes)?;
    file.sync_data()?;
    std::fs::rename(&draft, path)
}
