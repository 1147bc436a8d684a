//! `StartInfo`: what the runtime answered when it started a session.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

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
    raw: Box<RawValue>,
    /// Read when somebody asks: most sessions keep their answer and never look at it.
    members: OnceLock<Box<Members>>,
}

#[derive(Default)]
struct Members {
    workspace_path: Option<PathBuf>,
    granted: BTreeMap<String, Secret>,
    open_canvases: Vec<Value>,
    model: Option<Value>,
}

/// The answer to `session.create` or `session.resume`.
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

impl StartInfo {
    /// Reads the answer to a start, with the capabilities in it. `asked`: the id that was asked for.
    pub(in crate::session) fn read(
        answer: &RawValue,
        asked: Option<&SessionId>,
    ) -> Result<(Self, Capabilities), serde_json::Error> {
        let read: Answer<'_> = serde_json::from_str(answer.get())?;
        // One text for both, if they are the same.
        let asked = asked.filter(|asked| **asked == read.session_id).cloned();
        let inner = Inner {
            session_id: asked.unwrap_or(read.session_id),
            raw: answer.to_owned(),
            members: OnceLock::new(),
        };
        let capabilities = member(read.capabilities).unwrap_or_default();
        Ok((Self { inner: Arc::new(inner) }, capabilities))
    }

    fn members(&self) -> &Members {
        self.inner.members.get_or_init(|| {
            // It was read before, so it can be read.
            let answer: Option<Answer<'_>> = serde_json::from_str(self.inner.raw.get()).ok();
            Box::new(answer.map(Members::from).unwrap_or_default())
        })
    }

    /// The session's id.
    pub fn session_id(&self) -> &SessionId {
        &self.inner.session_id
    }

    /// The directory in which the runtime keeps the session's files; `None` if it named none.
    pub fn workspace_path(&self) -> Option<&Path> {
        self.members().workspace_path.as_deref()
    }

    /// The environment variables that an extension asked for and was granted, by name.
    pub fn granted_environment(&self) -> &BTreeMap<String, Secret> {
        &self.members().granted
    }

    /// The canvases that are open in the session, as the runtime describes them.
    pub fn open_canvases(&self) -> &[Value] {
        &self.members().open_canvases
    }

    /// The state of the model, as the runtime describes it: `modelId` and options.
    pub fn model(&self) -> Option<&Value> {
        self.members().model.as_ref()
    }

    /// The whole answer, as the runtime wrote it. It may have secrets in it: granted environment
    /// variables.
    pub fn raw(&self) -> &RawValue {
        &self.inner.raw
    }
}

impl From<Answer<'_>> for Members {
    fn from(answer: Answer<'_>) -> Self {
        Self {
            workspace_path: member(answer.workspace_path),
            granted: member(answer.granted_environment_variables).unwrap_or_default(),
            open_canvases: member(answer.open_canvases).unwrap_or_default(),
            model: member(answer.model_state),
        }
    }
}

/// A member, if it is there and of this type.
fn member<T: DeserializeOwned>(json: Option<&RawValue>) -> Option<T> {
    json.and_then(|json| serde_json::from_str(json.get()).ok())
}

/// Without the values of environment variables.
impl fmt::Debug for StartInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Members { workspace_path, granted, .. } = self.members();
        f.debug_struct("StartInfo")
            .field("session_id", self.session_id())
            .field("workspace_path", workspace_path)
            .field("granted_environment", &granted.keys())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(answer: &str) -> Result<(StartInfo, Capabilities), serde_json::Error> {
        StartInfo::read(serde_json::from_str(answer).unwrap(), None)
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
