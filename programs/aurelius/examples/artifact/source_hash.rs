//! The hash of everything that a compiled program comes from: its sources, those of `arena`, the
//! parts of the manifests that reach it, the locked versions of its dependencies, and `tools/sbf`.
//!
//! Invariants: equal inputs give equal hashes on every machine (paths are relative, sorted, joined
//! with `/`); development dependencies do not enter. Absent: the toolchain's own bytes, which the
//! manifest names instead.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

/// A program whose ELF is committed.
pub(crate) struct Artifact {
    /// Cargo package.
    pub package: &'static str,
    /// Its folder.
    pub folder: &'static str,
    /// Folders of the crates of this workspace that it links.
    pub local: &'static [&'static str],
}

/// All of them.
pub(crate) const ARTIFACTS: [Artifact; 3] = [
    Artifact {
        package: "aurelius",
        folder: "programs/aurelius",
        local: &["arena"],
    },
    Artifact {
        package: "mock-switchboard",
        folder: "programs/mock-switchboard",
        local: &[],
    },
    Artifact {
        package: "arena-step",
        folder: "tests/programs/arena-step",
        local: &["arena"],
    },
];

impl Artifact {
    /// The committed ELF.
    pub(crate) fn elf(&self, root: &Path) -> PathBuf {
        root.join(self.folder)
            .join("artifact")
            .join(format!("{}.so", self.package.replace('-', "_")))
    }

    /// The manifest beside it.
    pub(crate) fn manifest(&self, root: &Path) -> PathBuf {
        root.join(self.folder).join("artifact/manifest.json")
    }

    /// Hex of the hash of everything the ELF comes from.
    pub(crate) fn source_hash(&self, root: &Path) -> io::Result<String> {
        let mut hasher = Sha256::new();
        for (name, bytes) in self.inputs(root)? {
            hasher.update((name.len() as u64).to_le_bytes());
            hasher.update(name.as_bytes());
            hasher.update((bytes.len() as u64).to_le_bytes());
            hasher.update(&bytes);
        }
        Ok(hex::encode(hasher.finalize()))
    }

    /// Name and bytes of each input, sorted by name.
    fn inputs(&self, root: &Path) -> io::Result<BTreeMap<String, Vec<u8>>> {
        let mut inputs = BTreeMap::new();
        let mut names = BTreeSet::new();
        for folder in [self.folder].iter().chain(self.local) {
            add_folder(root, &root.join(folder).join("src"), &mut inputs)?;
            let manifest = fs::read_to_string(root.join(folder).join("Cargo.toml"))?;
            names.extend(dependency_names(&manifest));
            inputs.insert(
                format!("{folder}/Cargo.toml"),
                reaching_sections(&manifest).into_bytes(),
            );
        }
        add_folder(root, &root.join("tools/sbf"), &mut inputs)?;
        let workspace = fs::read_to_string(root.join("Cargo.toml"))?;
        inputs.insert(
            "Cargo.toml".into(),
            workspace_settings(&workspace, &names).into_bytes(),
        );
        let lock = fs::read_to_string(root.join("Cargo.lock"))?;
        inputs.insert("Cargo.lock".into(), locked_closure(&lock, &names)?.into_bytes());
        Ok(inputs)
    }
}

/// Hex of the SHA-256 of a file.
pub(crate) fn file_sha256(path: &Path) -> io::Result<String> {
    Ok(hex::encode(Sha256::digest(fs::read(path)?)))
}

/// Adds every file below `folder`, build outputs and editors' leftovers apart.
fn add_folder(root: &Path, folder: &Path, inputs: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name == "target" || name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            add_folder(root, &path, inputs)?;
        } else {
            let relative = path.strip_prefix(root).map_err(io::Error::other)?;
            let parts: Vec<_> = relative
                .components()
                .map(|part| part.as_os_str().to_string_lossy().into_owned())
                .collect();
            inputs.insert(parts.join("/"), fs::read(&path)?);
        }
    }
    Ok(())
}

/// Lines of a manifest by section header, without comments and blank lines.
fn sections(manifest: &str) -> Vec<(&str, Vec<&str>)> {
    let mut sections = vec![("", Vec::new())];
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            sections.push((line, Vec::new()));
        } else if !line.is_empty() && !line.starts_with('#') {
            if let Some((_, lines)) = sections.last_mut() {
                lines.push(line);
            }
        }
    }
    sections
}

fn is_dependencies(header: &str) -> bool {
    header.ends_with("dependencies]") && !header.ends_with("dev-dependencies]")
}

/// Names in the sections of dependencies, development ones apart.
fn dependency_names(manifest: &str) -> BTreeSet<String> {
    sections(manifest)
        .into_iter()
        .filter(|(header, _)| is_dependencies(header))
        .flat_map(|(_, lines)| lines)
        .filter_map(|line| line.split(['=', '.']).next())
        .map(|name| name.trim().to_owned())
        .collect()
}

/// A package's manifest without what does not reach the program.
fn reaching_sections(manifest: &str) -> String {
    join(
        sections(manifest)
            .into_iter()
            .filter(|(header, _)| !header.ends_with("dev-dependencies]") && *header != "[lints]"),
    )
}

/// Release profile, package defaults, and the dependency lines of `names` of the workspace manifest.
fn workspace_settings(manifest: &str, names: &BTreeSet<String>) -> String {
    join(sections(manifest).into_iter().filter_map(|(header, lines)| {
        match header {
            "[workspace.package]" | "[profile.release]" => Some((header, lines)),
            "[workspace.dependencies]" => Some((
                header,
                lines
                    .into_iter()
                    .filter(|line| {
                        line.split(['=', '.'])
                            .next()
                            .is_some_and(|name| names.contains(name.trim()))
                    })
                    .collect(),
            )),
            _ => None,
        }
    }))
}

fn join<'a>(sections: impl Iterator<Item = (&'a str, Vec<&'a str>)>) -> String {
    sections
        .map(|(header, lines)| format!("{header}\n{}\n", lines.join("\n")))
        .collect()
}

/// One package of the lock file.
#[derive(Default)]
struct Locked<'a> {
    name: &'a str,
    version: &'a str,
    checksum: &'a str,
    dependencies: Vec<&'a str>,
}

/// Name, version and checksum of everything that `names` pull in, sorted.
fn locked_closure(lock: &str, names: &BTreeSet<String>) -> io::Result<String> {
    let packages = locked_packages(lock);
    let mut queue: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut seen = BTreeSet::new();
    let mut lines = BTreeSet::new();
    while let Some(wanted) = queue.pop() {
        if !seen.insert(wanted) {
            continue;
        }
        let (name, version) = wanted.split_once(' ').unwrap_or((wanted, ""));
        let mut found = false;
        for package in packages
            .iter()
            .filter(|package| package.name == name && (version.is_empty() || package.version == version))
        {
            found = true;
            // Crates of this workspace enter by their sources, and their dependencies by name.
            if !package.checksum.is_empty() {
                lines.insert(format!("{name} {} {}\n", package.version, package.checksum));
                queue.extend(&package.dependencies);
            }
        }
        if !found {
            return Err(io::Error::other(format!("Cargo.lock has no package `{wanted}`")));
        }
    }
    Ok(lines.into_iter().collect())
}

fn locked_packages(lock: &str) -> Vec<Locked<'_>> {
    let mut packages: Vec<Locked> = Vec::new();
    for line in lock.lines() {
        if line == "[[package]]" {
            packages.push(Locked::default());
            continue;
        }
        let Some(package) = packages.last_mut() else {
            continue;
        };
        let quoted = line.split('"').nth(1).unwrap_or_default();
        if line.starts_with("name = ") {
            package.name = quoted;
        } else if line.starts_with("version = ") {
            package.version = quoted;
        } else if line.starts_with("checksum = ") {
            package.checksum = quoted;
        } else if line.starts_with(" \"") {
            package.dependencies.push(quoted);
        }
    }
    packages
}
