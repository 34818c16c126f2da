//! Files: no circles between those of a crate, none too long, no function too long.

use std::path::Path;

use law::circles::{circles, Edges};
use law::measures::{functions, is_test, rust_files};
use law::modules::{Crate, Ties};
use law::workspace::{ours, root, Package};

/// Lines of a file that is no test's.
const FILE_LINES_MAX: usize = 450;
/// Lines of a function that is no test's.
const FUNCTION_LINES_MAX: usize = 70;

/// Crates whose files are judged: those that run somewhere.
fn judged() -> Vec<Package> {
    let for_tests = |package: &Package| {
        let folders = ["tests", "bench"].map(|folder| root().join(folder));
        folders.iter().any(|folder| package.folder.starts_with(folder))
    };
    ours().into_iter().filter(|package| !for_tests(package)).collect()
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// Every circle of a crate, written out.
fn circles_of(package: &Package) -> Vec<String> {
    let roots = package
        .targets
        .iter()
        .filter(|target| matches!(target.kind.as_str(), "lib" | "cdylib" | "bin"));
    roots
        .flat_map(|target| {
            let house = Crate::read(&target.root);
            let ties = house.ties();
            let mut edges = Edges::new();
            for &(from, to) in ties.keys() {
                edges.entry(from).or_default().push(to);
            }
            let groups = circles(house.files.len(), &edges);
            groups
                .iter()
                .map(|group| written_out(package, &house, &ties, group))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn written_out(package: &Package, house: &Crate, ties: &Ties, group: &[usize]) -> String {
    let mut text = format!("{} files of `{}` know each other:", group.len(), package.name);
    for ((from, to), names) in ties {
        if group.contains(from) && group.contains(to) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let [from, to] = [from, to].map(|file| relative(&house.files[*file]));
            text += &format!("\n  {from} -> {to}: {}", names.join(", "));
        }
    }
    text
}

#[test]
fn files_take_names_one_way() {
    let found: Vec<String> = judged().iter().flat_map(circles_of).collect();
    assert!(found.is_empty(), "circles:\n{}", found.join("\n"));
}

#[test]
fn a_file_fits_in_the_head_and_a_function_on_a_screen() {
    let mut long = Vec::new();
    for package in judged() {
        for file in rust_files(&package.folder)
            .into_iter()
            .filter(|file| !is_test(file))
        {
            let text = std::fs::read_to_string(&file).expect("a source can be read");
            let lines = text.lines().count();
            let name = relative(&file);
            if lines > FILE_LINES_MAX {
                long.push(format!("{name}: {lines} lines; {FILE_LINES_MAX} at most"));
            }
            let syntax = syn::parse_file(&text).expect("a source is Rust");
            for function in functions(&syntax)
                .iter()
                .filter(|function| function.lines > FUNCTION_LINES_MAX)
            {
                let at = format!("{name}:{}: `{}`", function.line, function.name);
                long.push(format!(
                    "{at} has {} lines; {FUNCTION_LINES_MAX} at most",
                    function.lines
                ));
            }
        }
    }
    assert!(long.is_empty(), "too long:\n{}", long.join("\n"));
}

#[test]
fn a_package_has_the_name_of_its_folder() {
    for package in ours() {
        let folder = package.folder.file_name().and_then(|name| name.to_str());
        assert_eq!(
            folder,
            Some(package.name.as_str()),
            "`{}`: rename the folder or the package",
            relative(&package.folder)
        );
    }
}

/// Every test program links the whole tree below its crate: a second one has to say what it is for.
#[test]
fn the_integration_tests_of_a_crate_are_one_program() {
    for package in ours() {
        for target in package.targets.iter().filter(|target| target.kind == "test") {
            let text = std::fs::read_to_string(&target.root).expect("a source can be read");
            let first = text.lines().next().unwrap_or_default();
            assert!(
                target.root.ends_with("tests/it/main.rs") || first.contains("program of its own"),
                "{}: make it a module of `tests/it`, or say in its first line why it is a program of its own",
                relative(&target.root)
            );
        }
    }
}
