//! `StartInfo`: what the runtime answered when it started a session.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::ids::SessionId;
use crate::secret::Secret;
use crate::session::core::capabilities::Capabilities;

/// What the runtime answered when it started, resumed or reconfigured a session. Cheap to clone.
///
/// A member that the runtime left out, or wrote in another type than is expected, counts as not there;
/// [`raw`](Self::raw) has it all the same.
#[derive(Clone)]
pub struct StartInfo {
    inner: Arc<Inner>,
}

struct Inner {
    session_id: SessionId,
    workspace_path: Option<PathBuf>,
    granted: BTreeMap<String, Secret>,
    open_canvases: Vec<Value>,
    model: Option<Value>,
    raw: Box<RawValue>,
}

impl StartInfo {
    /// Reads the answer to `session.create` or `session.resume`, with the capabilities in it.
    pub(in crate::session) fn read(
        answer: &RawValue,
    ) -> Result<(Self, Capabilities), serde_json::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer<'a> {
            session_id: SessionId,
            #[serde(borrow)]
            workspace_path: Option<&'a RawValue>,
            granted_environment_variables: Option<&'a RawValue>,
            open_canvases: Option<&'a RawValue>,
            model_state: Option<&'a RawValue>,
            capabilities: Option<&'a RawValue>,
        }

        let read: Answer<'_> = serde_json::from_str(answer.get())?;
        let inner = Inner {
            session_id: read.session_id,
            workspace_path: member(read.workspace_path),
            granted: member(read.granted_environment_variables).unwrap_or_default(),
            open_canvases: member(read.open_canvases).unwrap_or_default(),
            model: member(read.model_state),
            raw: answer.to_owned(),
        };
        let capabilities = member(read.capabilities).unwrap_or_default();
        Ok((Self { inner: Arc::new(inner) }, capabilities))
    }

    /// The session's id.
    pub fn session_id(&self) -> &SessionId {
        &self.inner.session_id
    }

    /// The directory in which the runtime keeps the session's files; `None` if it named none.
    pub fn workspace_path(&self) -> Option<&Path> {
        self.inner.workspace_path.as_deref()
    }

    /// The environment variables that an extension asked for and was granted, by name.
    pub fn granted_environment(&self) -> &BTreeMap<String, Secret> {
        &self.inner.granted
    }

    /// The canvases that are open in the session, as the runtime describes them.
    pub fn open_canvases(&self) -> &[Value] {
        &self.inner.open_canvases
    }

    /// The state of the model, as the runtime describes it: `modelId` and options.
    pub fn model(&self) -> Option<&Value> {
        self.inner.model.as_ref()
    }

    /// The whole answer, as the runtime wrote it. It may have secrets in it: granted environment
    /// variables.
    pub fn raw(&self) -> &RawValue {
        &self.inner.raw
    }
}

/// A member, if it is there and of this type.
fn member<T: DeserializeOwned>(json: Option<&RawValue>) -> Option<T> {
    json.and_then(|json| serde_json::from_str(json.get()).ok())
}

/// Without the values of environment variables.
impl fmt::Debug for StartInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { session_id, workspace_path, granted, .. } = &*self.inner;
        f.debug_struct("StartInfo")
            .field("session_id", session_id)
            .field("workspace_path", workspace_path)
            .field("granted_environment", &granted.keys())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(answer: &str) -> Result<(StartInfo, Capabilities), serde_json::Error> {
        StartInfo::read(serde_json::from_str(answer).unwrap())
    }

    #[test]
    fn everything_that_a_start_returns_is_kept() {
        let answer = r#"{"sessionId":"s","workspacePath":"/w","nativeSessionId":"n",
            "grantedEnvironmentVariables":{"TOKEN":"hunter2"},"openCanvases":[{"id":"c"}],
            "modelState":{"modelId":"m"},"capabilities":{"ui":{"elicitation":true}}}"#;
        let (info, capabilities) = read(answer).unwrap();
        assert_eq!(info.session_id(), "s");
        assert_eq!(info.workspace_path(), Some(Path::new("/w")));
        assert_eq!(info.granted_environment()["TOKEN"].expose(), "hunter2");
        assert_eq!(info.open_canvases()[0]["id"], "c");
        assert_eq!(info.model().unwrap()["modelId"], "m");
        assert_eq!(info.raw().get(), answer);
        assert!(capabilities.ui.elicitation && !capabilities.extensions);
        assert!(!format!("{info:?}").contains("hunter2"));
    }

    #[test]
    fn only_the_session_id_must_be_there() {
        let odd = r#"{"sessionId":"s","workspacePath":5,"grantedEnvironmentVariables":[1],
            "openCanvases":{},"modelState":null,"capabilities":"none"}"#;
        let unreadable =
            r#"{"sessionId":"s","new":"\ud800","huge":1e999,"openCanvases":["\ud800"]}"#;
        for answer in [r#"{"sessionId":"s"}"#, odd, unreadable] {
            let (info, capabilities) = read(answer).unwrap();
            assert_eq!((info.workspace_path(), info.model()), (None, None));
            assert!(info.granted_environment().is_empty() && info.open_canvases().is_empty());
            assert_eq!(capabilities, Capabilities::default());
        }
        assert!(read("{}").is_err());
        assert!(read(r#"{"sessionId":5}"#).is_err());
    }
}
