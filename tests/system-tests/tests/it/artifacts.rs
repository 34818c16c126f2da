//! What is committed beside the sources must come from them: the compiled programs and the IDL.
//! When a test here fails, `make program` writes them anew.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use aurelius::error::AureliusError;
use serde_json::Value;
use sha2::{Digest, Sha256};

#[path = "../../../../programs/aurelius/examples/artifact/source_hash.rs"]
mod source_hash;

use self::source_hash::{file_sha256, ARTIFACTS};

const REMEDY: &str = "run `make program` and commit what it writes";

/// What a manifest beside an ELF says.
struct Manifest {
    source_hash: String,
    toolchain: String,
    sha256: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read_manifest(path: &Path) -> Manifest {
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}; {REMEDY}", path.display()));
    let json: Value = serde_json::from_str(&text).unwrap();
    let field = |name: &str| {
        json[name]
            .as_str()
            .unwrap_or_else(|| panic!("{name} is missing"))
            .to_owned()
    };
    Manifest {
        source_hash: field("source_hash"),
        toolchain: field("toolchain"),
        sha256: field("sha256"),
    }
}

#[test]
fn compiled_programs_come_from_these_sources() {
    for artifact in &ARTIFACTS {
        let manifest = read_manifest(&artifact.manifest(&root()));
        assert_eq!(
            artifact.source_hash(&root()).unwrap(),
            manifest.source_hash,
            "{} is stale: {REMEDY}",
            artifact.package
        );
        assert!(!manifest.toolchain.is_empty());
    }
}

#[test]
fn compiled_programs_are_those_of_their_manifests() {
    for artifact in &ARTIFACTS {
        let manifest = read_manifest(&artifact.manifest(&root()));
        let elf = artifact.elf(&root());
        assert_eq!(
            file_sha256(&elf).unwrap(),
            manifest.sha256,
            "{} is not the file of its manifest: {REMEDY}",
            elf.display()
        );
        assert!(fs::read(&elf).unwrap().starts_with(b"\x7fELF"));
    }
}

#[test]
fn a_changed_source_changes_the_hash() {
    // The hash of a copy of the inputs, before and after one byte of `arena` changes.
    let scratch = tempfile::tempdir().unwrap();
    for path in [
        "Cargo.toml",
        "Cargo.lock",
        "arena",
        "programs/aurelius",
        "tools/sbf",
    ] {
        copy(&root().join(path), &scratch.path().join(path));
    }
    let artifact = &ARTIFACTS[0];
    let before = artifact.source_hash(scratch.path()).unwrap();
    assert_eq!(before, artifact.source_hash(&root()).unwrap());
    let changed = scratch.path().join("arena/src/lib.rs");
    let mut source = fs::read(&changed).unwrap();
    source.push(b'\n');
    fs::write(&changed, source).unwrap();
    assert_ne!(before, artifact.source_hash(scratch.path()).unwrap());
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            if entry.file_name() != "target" {
                copy(&entry.path(), &to.join(entry.file_name()));
            }
        }
    } else {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    }
}

fn idl() -> Value {
    let path = root().join("idl/aurelius.json");
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}; {REMEDY}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// Discriminators in the IDL by name.
fn discriminators(idl: &Value, kind: &str) -> BTreeMap<String, Vec<u8>> {
    idl[kind]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            let bytes = item["discriminator"].as_array().unwrap();
            (
                item["name"].as_str().unwrap().to_owned(),
                bytes.iter().map(|byte| byte.as_u64().unwrap() as u8).collect(),
            )
        })
        .collect()
}

/// Names of functions or structs that follow `marker` in a source file.
fn declared(source: &str, marker: &str) -> Vec<String> {
    source
        .match_indices(marker)
        .map(|(at, _)| {
            source[at + marker.len()..]
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        })
        .collect()
}

#[test]
fn the_idl_is_of_this_program() {
    assert_eq!(idl()["address"].as_str().unwrap(), aurelius::ID.to_string());
}

#[test]
fn the_idl_has_every_instruction_and_event_and_no_other() {
    let idl = idl();
    let source = fs::read_to_string(root().join("programs/aurelius/src/lib.rs")).unwrap();
    check_names(&idl, "instructions", "global", declared(&source, "    pub fn "));
    let events = fs::read_dir(root().join("programs/aurelius/src/event")).unwrap();
    let source: String = events
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    check_names(&idl, "events", "event", declared(&source, "\npub struct "));
}

fn check_names(idl: &Value, kind: &str, namespace: &str, mut declared: Vec<String>) {
    declared.sort();
    let in_idl = discriminators(idl, kind);
    assert_eq!(
        in_idl.keys().cloned().collect::<Vec<_>>(),
        declared,
        "{kind}: {REMEDY}"
    );
    for (name, discriminator) in in_idl {
        let hash = Sha256::digest(format!("{namespace}:{name}"));
        assert_eq!(hash[..8], discriminator[..], "{name}: {REMEDY}");
    }
}

#[test]
fn the_idl_has_every_error() {
    let idl = idl();
    let in_idl: Vec<(u64, &str, &str)> = idl["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            (
                error["code"].as_u64().unwrap(),
                error["name"].as_str().unwrap(),
                error["msg"].as_str().unwrap(),
            )
        })
        .collect();
    let texts: Vec<_> = AureliusError::ALL
        .iter()
        .map(|error| (u64::from(error.code()), error.name(), error.to_string()))
        .collect();
    let declared: Vec<_> = texts
        .iter()
        .map(|(code, name, text)| (*code, name.as_str(), text.as_str()))
        .collect();
    assert_eq!(in_idl, declared, "{REMEDY}");
}

/// Generates the IDL again. Compiles the program once more, with other features, so it is slower
/// than the checks above, which already see every change of names and numbers.
#[test]
#[ignore = "compiles the program's dependencies with other features; run with --ignored"]
fn the_idl_is_what_the_source_generates() {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["test", "-p", "aurelius", "--features", "idl-build", "--lib"])
        .args(["__anchor_private_print_idl", "--", "--show-output", "--quiet"])
        .env("ANCHOR_IDL_BUILD_NO_DOCS", "FALSE")
        .env("ANCHOR_IDL_BUILD_RESOLUTION", "TRUE")
        .env("ANCHOR_IDL_BUILD_SKIP_LINT", "FALSE")
        .env("ANCHOR_IDL_BUILD_PROGRAM_PATH", root().join("programs/aurelius"))
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let generated = assemble::assemble(&String::from_utf8(output.stdout).unwrap()).unwrap();
    let generated: Value = serde_json::from_str(&generated).unwrap();
    assert!(generated == idl(), "the IDL is stale: {REMEDY}");
}

#[path = "../../../../programs/aurelius/examples/artifact/idl.rs"]
mod assemble;
