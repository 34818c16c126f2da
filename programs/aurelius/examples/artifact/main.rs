//! Writes what is committed beside the compiled programs. `tools/program` calls it.
//!
//! `artifact manifest PACKAGE TOOLCHAIN` writes the manifest of an ELF that was just built;
//! `artifact idl PRINTED` writes `idl/aurelius.json` from the file PRINTED (see `idl.rs`).

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

mod idl;
mod source_hash;

use source_hash::{file_sha256, Artifact, ARTIFACTS};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["manifest", package, toolchain] => write_manifest(package, toolchain),
        ["idl", printed] => write_idl(printed),
        _ => Err("usage: artifact manifest PACKAGE TOOLCHAIN | artifact idl PRINTED".into()),
    };
    match result {
        Ok(written) => {
            println!("{written}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("artifact: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The workspace: two folders above this package.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .map(Path::to_path_buf)
        .unwrap_or_default()
}

fn write_manifest(package: &str, toolchain: &str) -> Result<String, String> {
    let root = root();
    let artifact: &Artifact = ARTIFACTS
        .iter()
        .find(|artifact| artifact.package == package)
        .ok_or_else(|| format!("no program called `{package}` is committed"))?;
    let source_hash = artifact.source_hash(&root).map_err(|error| error.to_string())?;
    let sha256 = file_sha256(&artifact.elf(&root)).map_err(|error| error.to_string())?;
    let manifest = serde_json::json!({
        "package": package,
        "source_hash": source_hash,
        "toolchain": toolchain,
        "sha256": sha256,
    });
    let mut text = serde_json::to_string_pretty(&manifest).map_err(|error| error.to_string())?;
    text.push('\n');
    fs::write(artifact.manifest(&root), text).map_err(|error| error.to_string())?;
    Ok(format!("{}: {sha256}", artifact.elf(&root).display()))
}

fn write_idl(printed: &str) -> Result<String, String> {
    let printed = fs::read_to_string(printed).map_err(|error| format!("{printed}: {error}"))?;
    let text = idl::assemble(&printed)?;
    let folder = root().join("idl");
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let path = folder.join("aurelius.json");
    fs::write(&path, text).map_err(|error| error.to_string())?;
    Ok(path.display().to_string())
}
