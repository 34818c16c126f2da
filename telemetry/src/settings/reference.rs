//! The table of all settings, as `docs/CONFIGURATION.md` has it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use clap::{Arg, Command};

use super::flag::{is_repeatable, is_setting, numbered_variables};

/// A flag and the commands that have it with the same variable, default and meaning.
struct Row {
    long: String,
    variable: String,
    default: String,
    meaning: String,
    commands: Vec<String>,
}

/// The table in Markdown: one line a setting, sorted by name, then by the commands.
pub fn reference(command: &Command) -> String {
    let mut rows: Vec<Row> = Vec::new();
    collect(command, "", &mut rows);
    rows.sort_by(|a, b| (&a.long, &a.commands).cmp(&(&b.long, &b.commands)));
    let leaves = leaves(command, "");
    let mut text = String::from(
        "| file key | flag | environment | default | commands | meaning |\n|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let _ = writeln!(
            text,
            "| `{}` | `--{}` | {} | {} | {} | {} |",
            row.long,
            row.long,
            row.variable,
            row.default,
            commands(&row.commands, command, &leaves),
            row.meaning
        );
    }
    text
}

fn collect(command: &Command, path: &str, rows: &mut Vec<Row>) {
    for flag in command
        .get_arguments()
        .filter(|flag| is_setting(flag) || flag.get_long() == Some("config"))
    {
        let row = row(flag, path);
        let same = rows.iter_mut().find(|known| {
            (&known.long, &known.variable, &known.default, &known.meaning)
                == (&row.long, &row.variable, &row.default, &row.meaning)
        });
        match same {
            Some(known) => known.commands.extend(row.commands),
            None => rows.push(row),
        }
    }
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        let path = format!("{path} {}", sub.get_name()).trim().to_owned();
        collect(sub, &path, rows);
    }
}

fn row(flag: &Arg, path: &str) -> Row {
    let long = flag.get_long().unwrap_or_default().to_owned();
    let own = flag.get_env().map(|name| format!("`{}`", name.to_string_lossy()));
    let numbered = numbered_variables(&long).map(|start| format!("`{start}1`, `{start}2`, …"));
    let variables: Vec<String> = own.into_iter().chain(numbered).collect();
    let help = flag.get_help().map(ToString::to_string).unwrap_or_default();
    // A default that is no fixed value stands in the help text.
    let (help, told) = match help.split_once(" [default: ") {
        Some((help, told)) => (help.to_owned(), told.strip_suffix(']').unwrap_or(told).to_owned()),
        None => (help, String::new()),
    };
    let fixed: Vec<String> = flag
        .get_default_values()
        .iter()
        .map(|value| format!("`{}`", value.to_string_lossy()))
        .collect();
    let default = match (
        flag.get_action().takes_values(),
        fixed.is_empty(),
        told.is_empty(),
    ) {
        (false, ..) => "off".to_owned(),
        (true, false, _) => fixed.join(", "),
        (true, true, false) => told,
        (true, true, true) => "none".to_owned(),
    };
    let mut meaning = help;
    if flag.is_hide_env_values_set() {
        meaning.push_str(". May hold a secret: its value is never printed");
    }
    if is_repeatable(flag) && !meaning.contains("repeat") {
        meaning.push_str("; repeat for several");
    }
    Row {
        long,
        variable: if variables.is_empty() {
            "none".to_owned()
        } else {
            variables.join(", ")
        },
        default: cell(&default),
        meaning: cell(&meaning),
        commands: vec![path.to_owned()],
    }
}

/// Names of commands, a whole family by its one name.
fn commands(names: &[String], command: &Command, leaves: &BTreeSet<String>) -> String {
    if names.iter().any(String::is_empty) {
        return "all".to_owned();
    }
    let names: BTreeSet<String> = names.iter().cloned().collect();
    let mut shown = Vec::new();
    for sub in command.get_subcommands() {
        let family: BTreeSet<String> = leaves
            .iter()
            .filter(|leaf| leaf.split(' ').next() == Some(sub.get_name()))
            .cloned()
            .collect();
        let mine: Vec<&String> = family.intersection(&names).collect();
        let name = sub.get_name();
        if names.contains(name) || (!mine.is_empty() && mine.len() == family.len()) {
            shown.push(name.to_owned());
        } else if !mine.is_empty() {
            let some: Vec<&str> = mine
                .iter()
                .map(|leaf| leaf.split_once(' ').map_or(leaf.as_str(), |(_, rest)| rest))
                .collect();
            shown.push(format!("{name} ({})", some.join(", ")));
        }
    }
    shown.join(", ")
}

/// Every command that has no commands below it.
fn leaves(command: &Command, path: &str) -> BTreeSet<String> {
    let subs: Vec<&Command> = command
        .get_subcommands()
        .filter(|sub| sub.get_name() != "help")
        .collect();
    if subs.is_empty() {
        return BTreeSet::from([path.to_owned()]);
    }
    subs.into_iter()
        .flat_map(|sub| leaves(sub, format!("{path} {}", sub.get_name()).trim()))
        .collect()
}

/// Text that does not end a cell, or begin a link or a tag.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace('\n', " ")
}
