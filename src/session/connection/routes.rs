//! `Routes`: the sessions of a connection by id, and how far each is.

use std::collections::HashMap;
use std::sync::Arc;

use crate::ids::SessionId;
use crate::session::connection::detachment::{DetachRole, Detachment};
use crate::session::core::SessionCore;

/// The routes of a connection.
#[derive(Debug, Default)]
pub(super) struct Routes(pub(super) HashMap<SessionId, Route>);

/// One activation of a session.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) generation: u64,
    pub(super) core: Arc<SessionCore>,
    /// The session is about to be asked for, or has been. Until then its id is reserved, and what the
    /// runtime says under the id is about an earlier session.
    pub(super) is_open: bool,
    /// The runtime has the session loaded by an earlier start of another try.
    pub(super) is_loaded: bool,
    /// The request that ends this activation, once somebody wants to.
    detachment: Option<Arc<Detachment>>,
}

impl Routes {
    /// The route, if the runtime knows the session or has been asked for it.
    pub(super) fn open(&self, id: &str) -> Option<&Route> {
        self.0.get(id).filter(|route| route.is_open)
    }

    /// The route of this session.
    pub(super) fn same(
        &mut self,
        id: &SessionId,
        core: &Arc<SessionCore>,
    ) -> Option<&mut Route> {
        self.0.get_mut(id).filter(|route| Arc::ptr_eq(&route.core, core))
    }

    /// The route with this generation.
    pub(super) fn current(&mut self, id: &SessionId, generation: u64) -> Option<&mut Route> {
        self.0.get_mut(id).filter(|route| route.generation == generation)
    }

    /// All sessions that the runtime knows or has been asked for.
    pub(super) fn all_open(&self) -> impl Iterator<Item = (SessionId, Arc<SessionCore>)> {
        let open = self.0.iter().filter(|(_, route)| route.is_open);
        open.map(|(id, route)| (id.clone(), Arc::clone(&route.core)))
    }
}

impl Route {
    pub(super) fn new(generation: u64, core: &Arc<SessionCore>, is_open: bool) -> Self {
        let core = Arc::clone(core);
        Self { generation, core, is_open, is_loaded: false, detachment: None }
    }

    /// Whether the session has ended, whether its owner knows or not.
    pub(super) fn is_ended(&self) -> bool {
        self.core.log().close_reason().is_some()
    }

    /// Begins to detach the session, or joins those who do.
    pub(super) fn begin_detach(&mut self) -> (DetachRole, Arc<Detachment>) {
        let is_ended = self.is_ended();
        if let Some(detachment) = &self.detachment
            && detachment.stands(is_ended)
        {
            return (DetachRole::Later, Arc::clone(detachment));
        }
        // The one before has its outcome, so that nobody waits at it, and dropping it wakes nobody.
        let detachment = Arc::clone(self.detachment.insert(Arc::default()));
        (DetachRole::First, detachment)
    }

    /// Whether the session is being detached, or has been.
    pub(super) fn is_detached(&self) -> bool {
        let is_ended = self.is_ended();
        self.detachment.as_ref().is_some_and(|detachment| detachment.stands(is_ended))
    }

    /// The runtime has loaded the session anew: what detached it before counts no more. False if the
    /// request that detaches it is under way, or the ending behind it.
    pub(super) fn renew(&mut self) -> bool {
        let is_ending = self.core.is_ending();
        let being_detached =
            self.detachment.as_ref().is_some_and(|it| is_ending || !it.is_over());
        if !being_detached {
            self.detachment = None;
        }
        !being_detached
    }
}
