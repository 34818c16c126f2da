//! Compiles the migrations in: one list per database, `(version, description, SQL)` in the order of their file names.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=../migrations");
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    for database in ["sqlite", "postgres"] {
        let folder = Path::new(&root).join("../migrations").join(database);
        let list = list(&folder.canonicalize()?)?;
        fs::write(Path::new(&out).join(format!("{database}_migrations.rs")), list)?;
    }
    Ok(())
}

/// The source text of the list for one folder, whose files are named `VERSION_DESCRIPTION.sql`.
fn list(folder: &Path) -> io::Result<String> {
    let mut files: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    files.sort_by_key(fs::DirEntry::file_name);
    let mut text = String::from("&[\n");
    for file in files {
        let path = file.path();
        let named = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .and_then(|stem| stem.split_once('_'));
        let (version, description) = named
            .and_then(|(version, description)| Some((version.parse::<i64>().ok()?, description)))
            .ok_or_else(|| {
                io::Error::other(format!("{}: not named VERSION_DESCRIPTION.sql", path.display()))
            })?;
        let _ = writeln!(
            text,
            "    ({version}, {:?}, include_str!({path:?})),",
            description.replace('_', " ")
        );
    }
    text.push(']');
    Ok(text)
}
