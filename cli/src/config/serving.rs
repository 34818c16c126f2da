//! Where players are served.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;

use super::value::{parse_host, parse_origin};

/// Where the page and the WebSocket are served.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Serving players")]
pub struct ListenArgs {
    /// Address to listen on; 0.0.0.0 for every interface
    #[arg(long, env = "HOST", value_name = "ADDRESS", default_value = "127.0.0.1", value_parser = parse_host)]
    pub host: IpAddr,
    /// Origin that browsers may call from, `*` for any; repeat or separate with commas [default: any, there are no cookies]
    #[arg(long, env = "CORS_ORIGIN", value_name = "ORIGIN", value_delimiter = ',', value_parser = parse_origin)]
    pub cors_origin: Vec<String>,
    /// JSON-RPC endpoint that the page may use: everybody sees it, so no address with a key in it [default: none]
    #[arg(long, env = "AURELIUS_PUBLIC_RPC", value_name = "URL")]
    pub public_rpc: Option<String>,
    /// Directory of the built web page [default: web/dist under the current directory or beside the sources]
    #[arg(long, env = "AURELIUS_WEB_DIR", value_name = "DIR")]
    pub web_dir: Option<PathBuf>,
}

/// How players reach the service when something stands in front of it.
#[derive(Debug, Clone, Args)]
pub struct ProxyArgs {
    /// Host, and port if it is not the usual one, that players reach and sign-ins name [default: localhost and the port]
    #[arg(long, env = "AURELIUS_DOMAIN", value_name = "HOST")]
    pub domain: Option<String>,
    /// A proxy in front writes the client's address at the end of X-Forwarded-For; limits count that one
    #[arg(long, env = "AURELIUS_BEHIND_PROXY")]
    pub behind_proxy: bool,
}
