//! The kinds of events.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $name:literal $(| $other:literal)*),* $(,)?) => {
        /// The kind of an event. Kinds that are not listed are kept as they are spelled.
        ///
        /// ```
        /// use thought_industries::EventKind;
        ///
        /// assert_eq!(EventKind::from("courseCompletion"), EventKind::CourseCompletion);
        /// assert_eq!(EventKind::from("course.completed"), EventKind::CourseCompletion);
        /// assert_eq!(EventKind::from("courseMoved").as_str(), "courseMoved");
        /// ```
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum EventKind {
            $($(#[$doc])* $kind,)*
            /// Another kind, as the tenant spells it.
            Other(Box<str>),
        }

        impl EventKind {
            /// The name of the kind, as the event feed spells it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$kind => $name,)*
                    Self::Other(name) => name,
                }
            }
        }

        impl From<&str> for EventKind {
            fn from(name: &str) -> Self {
                match name {
                    $($name $(| $other)* => Self::$kind,)*
                    other => Self::Other(other.into()),
                }
            }
        }
    };
}

kinds! {
    /// Enrollments, changes of status, certificates and revocations in courses, in one feed.
    CourseAction "courseAction",
    /// A course was completed.
    CourseCompletion "courseCompletion" | "course.completed",
    /// A certificate of a course was issued.
    CourseCertificate "courseCertificate",
    /// A certificate of a course that is still valid.
    ActiveCourseCertificate "activeCourseCertificate",
    /// A user was enrolled in a course.
    CourseEnrollment "courseEnrollment" | "enrollment.created" | "user.enrolled",
    /// A course was purchased.
    CoursePurchase "coursePurchase",
    /// A page of a course was viewed.
    CourseView "courseView",
    /// An e-mail address was left on a page.
    EmailCapture "emailCapture",
    /// A newsletter was subscribed to.
    NewsletterSignup "newsletterSignup",
    /// Users who were active in the last 7 days.
    UserLastActive7 "userLastActive7",
    /// Users who were active in the last 14 days.
    UserLastActive14 "userLastActive14",
    /// Users who were active in the last 31 days.
    UserLastActive31 "userLastActive31",
    /// A user logged in.
    Login "login",
    /// A page was visited. A production client reads this kind; the reference does not list it.
    Visit "visit",
    /// What happened in a learning path. A production client reads this kind; the reference does not list it.
    LearningPathAction "learningPathAction",
    /// An order was completed. Only in webhooks.
    OrderCompletion "order.completed",
    /// An assessment was completed. Only in webhooks.
    AssessmentCompletion "assessment.completed",
    /// A user was created. Only in webhooks.
    UserCreation "user.created",
    /// A user was changed. Only in webhooks.
    UserUpdate "user.updated",
}

impl EventKind {
    /// The kinds that have a page in the v2 reference.
    pub const DOCUMENTED: [Self; 13] = [
        Self::CourseAction,
        Self::CourseCompletion,
        Self::CourseCertificate,
        Self::ActiveCourseCertificate,
        Self::CourseEnrollment,
        Self::CoursePurchase,
        Self::CourseView,
        Self::EmailCapture,
        Self::NewsletterSignup,
        Self::UserLastActive7,
        Self::UserLastActive14,
        Self::UserLastActive31,
        Self::Login,
    ];
}

impl From<String> for EventKind {
    fn from(name: String) -> Self {
        Self::from(name.as_str())
    }
}

impl FromStr for EventKind {
    type Err = Infallible;

    fn from_str(name: &str) -> Result<Self, Infallible> {
        Ok(Self::from(name))
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for EventKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for EventKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}
