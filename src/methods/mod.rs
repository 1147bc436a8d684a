//! Typed methods: every method of the runtime's published schema, those that a client calls and
//! those that the runtime calls.
//!
//! [`Client::rpc`](crate::Client::rpc) has the methods of a runtime, and `rpc` of an active
//! session those of a session, with the session's id filled in. Namespaces are functions:
//! `client.rpc().models().list()`, `session.rpc().mode().set(params)`. A method takes its
//! parameters as one struct. Where all of them are optional there are two functions: `list()`
//! sends none, and `list_with(params)` takes a struct that has `Default`. All give a [`Call`], a
//! future with the result; nothing is sent before that is polled. [`ServerMethods`] and
//! [`SessionMethods`] list the namespaces with what is in each; the types here say whose they are.
//!
//! The schema calls **every** method experimental: a later runtime may change it. So the types
//! are as open as those of [events](crate::events::kinds): unknown fields are ignored, unknown
//! values and variants are kept, and null counts as absent.
//! A runtime answers a method that says nothing with `{}` or with null; both are `()`. The
//! methods that begin and end sessions are not in the schema; `Client` and `Session` have them.
//!
//! Types that the schema of events has too are those of [`events::kinds`](crate::events::kinds).
//! An event as a whole is a JSON value here; [`EventDraft::parse`](crate::events::EventDraft::parse)
//! takes its text.
//!
//! # Methods that the runtime calls
//!
//! There is a [`ClientMethod`] for each. `RuntimeRequest::params_of` reads a request's parameters by
//! it, and its `Result` is what to answer with:
//!
//! ```
//! use copilot_sessions::ClientOptions;
//! use copilot_sessions::methods::{GitHubTokenGetTokenMethod, ClientMethod};
//!
//! let method = GitHubTokenGetTokenMethod::NAME;
//! let options = ClientOptions::new().on_request(method, |request| async move {
//!     let params = request.params_of::<GitHubTokenGetTokenMethod>()?;
//!     println!("a token for {} is asked for", params.host);
//!     Ok(serde_json::json!({ "kind": "cancelled" }))
//! });
//! assert_eq!(GitHubTokenGetTokenMethod::NAME, "gitHubToken.getToken");
//! # drop(options);
//! ```

mod call;
mod callbacks;
#[allow(
    clippy::doc_markdown,
    clippy::fn_params_excessive_bools,
    clippy::large_enum_variant,
    clippy::should_implement_trait,
    clippy::struct_excessive_bools,
    clippy::struct_field_names,
    clippy::too_many_arguments,
    clippy::too_many_lines,
    reason = "the schema decides what is in a type, and describes it"
)]
mod generated;
mod unpublished;

pub use self::call::Call;
pub(crate) use self::call::{Caller, Reply};
pub use self::callbacks::ClientMethod;
pub(crate) use self::callbacks::read_params;
pub use self::generated::*;
pub use self::unpublished::*;

impl<'a> ServerMethods<'a> {
    pub(crate) fn new(caller: &'a dyn Caller) -> Self {
        Self(caller)
    }
}

impl<'a> SessionMethods<'a> {
    pub(crate) fn new(caller: &'a dyn Caller) -> Self {
        Self(caller)
    }
}
