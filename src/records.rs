//! Lists of records that differ only in their filters.

use serde::Serialize;

use crate::model::{CursorPageInfo, PageInfo};
use crate::pages::Page;

/// A page of records.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Records<T> {
    /// The records, in the tenant's order.
    pub records: Vec<T>,
    /// The position of the page in its list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_info: Option<PageInfo>,
}

impl<T> Records<T> {
    pub(crate) fn new(records: impl IntoIterator<Item = T>, page_info: Option<impl Into<PageInfo>>) -> Self {
        Self { records: records.into_iter().collect(), page_info: page_info.map(Into::into) }
    }
}

/// A record that has an id of its own, by which it is recognized when a page repeats it.
pub(crate) trait Record: Send + Sync + 'static {
    fn id(&self) -> &str;
}

/// Records whose id is their field `id`.
macro_rules! records_with_id {
    ($($record:ty),* $(,)?) => {
        $(impl crate::records::Record for $record {
            fn id(&self) -> &str {
                &self.id
            }
        })*
    };
}

impl<T: Record> Page for Records<T> {
    type Item = T;

    fn info(&self) -> Option<&PageInfo> {
        self.page_info.as_ref()
    }

    fn len(&self) -> usize {
        self.records.len()
    }

    fn first(&self) -> Option<&str> {
        self.records.first().map(Record::id)
    }

    fn id(item: &T) -> &str {
        Record::id(item)
    }

    fn into_items(self) -> Vec<T> {
        self.records
    }
}

/// The position of a page in a list that is paged by cursor.
impl From<CursorPageInfo> for PageInfo {
    fn from(info: CursorPageInfo) -> Self {
        let CursorPageInfo { cursor, has_more, per_page, total, .. } = info;
        Self { cursor, has_more, per_page, total, current_page: None }
    }
}

impl From<Box<CursorPageInfo>> for PageInfo {
    fn from(info: Box<CursorPageInfo>) -> Self {
        (*info).into()
    }
}

impl From<Box<PageInfo>> for PageInfo {
    fn from(info: Box<PageInfo>) -> Self {
        *info
    }
}

/// A request for a list of records: its documentation, its operation, how it is paged, how its page becomes records, and
/// its filters. `paged by` is `number`, `cursor`, or `cursor and size` if the tenant takes a number of records per page.
macro_rules! record_list {
    (
        $(#[$doc:meta])*
        $request:ident of $item:ty: $operation:ident, $module:ident, $spec:ident,
        paged by $first:ident $(and $second:ident)?, $convert:expr
        $(, { $($(#[$setter_doc:meta])* $setter:ident: $field:ident, $ty:ty;)* })?
    ) => {
        $(#[$doc])*
        pub struct $request {
            tenant: crate::tenant::Tenant,
            start: crate::PagePosition,
            variables: crate::operations::$module::Variables,
            is_filtered: bool,
        }

        impl $request {
            fn new(tenant: &crate::tenant::Tenant, variables: crate::operations::$module::Variables) -> Self {
                let start = crate::PagePosition::first();
                Self { tenant: tenant.clone(), start, variables, is_filtered: false }
            }

            $($(
                $(#[$setter_doc])*
                pub fn $setter(mut self, value: impl Into<$ty>) -> Self {
                    self.variables.$field = crate::Input::Value(value.into());
                    self.is_filtered = true;
                    self
                }
            )*)?

            crate::records::page_size!($($second)?);

            fn operation(&self) -> crate::request::CalledOperation {
                crate::request::CalledOperation::of(&crate::routes::$spec)
            }

            fn is_unfiltered(&self) -> bool {
                !self.is_filtered
            }

            async fn read(
                self,
                position: crate::PagePosition,
            ) -> Result<crate::Response<crate::Records<$item>>, crate::Error> {
                let mut variables = self.variables;
                crate::records::place!(variables, position, $first $($second)?);
                let spec = &crate::routes::$spec;
                let (more, surface) = (position.arguments(), position.surface);
                let page = crate::execute::run::<crate::operations::$operation>(
                    &self.tenant, spec, variables, &more, surface,
                );
                Ok(page.await?.map($convert))
            }
        }

        crate::request::list_request! {
            /// One page, the first by default. [`pages`](Self::pages) and [`items`](Self::items) read all of them.
            ///
            /// # Errors
            /// If no surface has the list, or the one that has it fails.
            $request => crate::Records<$item>, $item
        }
    };
}

/// The setter of the records per page, if the tenant takes their number.
macro_rules! page_size {
    () => {};
    (size) => {
        /// The number of records per page; the tenant's default if it is not set.
        pub fn set_per_page(mut self, records: u32) -> Self {
            self.start.page_size = Some(records);
            self
        }
    };
}

/// Puts a position into the variables of a list.
macro_rules! place {
    ($variables:ident, $position:ident, number) => {
        $variables.page = $position.variable();
    };
    ($variables:ident, $position:ident, cursor) => {
        $variables.cursor = $position.cursor.clone().into();
    };
    ($variables:ident, $position:ident, cursor size) => {
        $variables.cursor = $position.cursor.clone().into();
        $variables.per_page = $position.page_size.map(i64::from).into();
    };
}

pub(crate) use {page_size, place, record_list, records_with_id};
