//! The JSON-RPC connection against a peer whose every byte is written by hand.

mod rpc {
    mod calls;
    mod closing;
    mod flow;
    mod inbound;
    mod support;
    mod wire;
}
