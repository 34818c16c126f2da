//! The `aurelius` binary. Everything is in the library, where tests reach it.

fn main() -> std::process::ExitCode {
    cli::main(std::env::args_os())
}
