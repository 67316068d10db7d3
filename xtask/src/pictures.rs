//! `cargo xtask pictures`: the pictures of the README, made by running `ti` against a sandbox.

use std::fmt::Write as _;
use std::path::Path;

use thought_industries_sandbox::{Dialect, Sandbox};
use xshell::{Shell, TempDir, cmd};

use crate::outcome::{Done, Failure};
use crate::project;

const FOLDER: &str = "docs/images";

/// What the picture of a terminal shows, in this order.
const COMMANDS: [&str; 4] = [
    "ti plan examples/roster.csv --out plan.json",
    "ti show plan.json",
    "ti apply plan.json --journal run.jsonl --yes",
    "ti undo run.jsonl --yes",
];

/// The pictures of pages, each with the arguments that make the page and the height of the picture.
const PAGES: [(&str, &[&str], u32); 2] =
    [("plan", &["show", "plan.json", "-o", "html"], 900), ("seats", &["seats", "-o", "html"], 700)];

/// Names by which browsers of the Chromium family are installed.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

pub(crate) fn run() -> Done {
    let shell = shell()?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| Failure::could_not_run(&error))?;
    let sandbox =
        runtime.block_on(Sandbox::new(Dialect::default()).start()).map_err(|error| Failure::could_not_run(&error))?;
    // No file of the run is kept.
    let folder = shell.create_temp_dir().map_err(|error| Failure::could_not_run(&error))?;
    let manifest = project::root().join("Cargo.toml");
    let roster = project::root().join("examples/roster.csv");
    let run = |arguments: &[&str]| -> Result<String, Failure> {
        let shell = shell.clone();
        shell.change_dir(folder.path());
        shell.set_var("TI_URL", sandbox.url());
        shell.set_var("TI_API_KEY", sandbox.api_key());
        let arguments = arguments.iter().map(|argument| match *argument {
            "examples/roster.csv" => roster.as_os_str(),
            other => other.as_ref(),
        });
        // `ti plan` exits with 1 where there is something to do.
        let ti = cmd!(shell, "cargo run --quiet --manifest-path {manifest} --package thought-industries-cli --");
        let output = ti.args(arguments).quiet().ignore_status().output();
        let output = output.map_err(|error| Failure::could_not_run(&error))?;
        let text = [output.stdout, output.stderr].concat();
        Ok(String::from_utf8_lossy(&text).into_owned())
    };
    shell.create_dir(FOLDER).map_err(|error| Failure::could_not_run(&error))?;
    let mut lines = Vec::new();
    let mut pages = Vec::new();
    for command in COMMANDS {
        let arguments: Vec<&str> = command.split(' ').skip(1).collect();
        lines.push(format!("$ {command}"));
        let shown = run(&arguments)?;
        // The address and the time differ in each run.
        lines.extend(shown.lines().filter(|line| !line.starts_with("http")).map(str::to_owned));
        lines.push(String::new());
        if command.starts_with("ti plan") {
            for (name, arguments, height) in PAGES {
                pages.push((name, run(arguments)?, height));
            }
        }
    }
    project::write(&format!("{FOLDER}/terminal.svg"), &terminal(&lines))?;
    let Some(browser) = BROWSERS.into_iter().find(|name| cmd!(shell, "{name} --version").quiet().read().is_ok()) else {
        println!("the pictures of pages are unchanged: install chromium to make them");
        return Ok(());
    };
    for (name, page, height) in pages {
        photograph(&shell, browser, &folder, (name, &page, height))?;
    }
    Ok(())
}

fn shell() -> Result<Shell, Failure> {
    let shell = Shell::new().map_err(|error| Failure::could_not_run(&error))?;
    shell.change_dir(project::root());
    Ok(shell)
}

/// A picture of a page, 1200 pixels wide.
fn photograph(shell: &Shell, browser: &str, folder: &TempDir, (name, page, height): (&str, &str, u32)) -> Done {
    let source = folder.path().join(format!("{name}.html"));
    let picture = project::root().join(format!("{FOLDER}/{name}.png"));
    shell.write_file(&source, page).map_err(|error| Failure::could_not_run(&error))?;
    let url = format!("file://{}", source.display());
    let [size, target] = [format!("--window-size=1200,{height}"), format!("--screenshot={}", picture.display())];
    // The page is our own, and in a container there is often no other user than root.
    cmd!(shell, "{browser} --headless --no-sandbox --disable-gpu --hide-scrollbars {size} {target} {url}")
        .quiet()
        .ignore_stderr()
        .run()
        .map_err(|error| Failure::could_not_run(&error))?;
    println!("wrote {}", Path::new(FOLDER).join(name).with_extension("png").display());
    Ok(())
}

/// Lines as a terminal shows them, as SVG.
fn terminal(lines: &[String]) -> String {
    const LINE: usize = 20;
    const MARGIN: usize = 24;
    let lines = lines.strip_suffix(&[String::new()]).unwrap_or(lines);
    let columns = lines.iter().map(|line| line.chars().count()).max().unwrap_or_default();
    let (width, height) = (columns * 9 + 2 * MARGIN, lines.len() * LINE + 2 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, monospace\" font-size=\"14\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#14171b\"/>\n"
    );
    for (number, line) in lines.iter().enumerate() {
        let y = MARGIN + number * LINE + 14;
        let color = if line.starts_with("$ ") { "#6fcf97" } else { "#e4e7eb" };
        let text = line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        // Writing to a string cannot fail.
        _ = writeln!(svg, "<text x=\"{MARGIN}\" y=\"{y}\" fill=\"{color}\" xml:space=\"preserve\">{text}</text>");
    }
    svg + "</svg>\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_shows_every_line_and_escapes_it() {
        let svg = terminal(&["$ ti show <plan> & more".to_owned(), "2 to create".to_owned(), String::new()]);
        assert_eq!(svg.matches("<text").count(), 2);
        assert!(svg.contains(">$ ti show &lt;plan&gt; &amp; more</text>") && svg.ends_with("</svg>\n"));
    }
}
