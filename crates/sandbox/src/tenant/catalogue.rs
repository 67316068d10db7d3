//! The names of the tenant's content.

use crate::population::slug;

const COURSES: [&str; 24] = [
    "Data Protection Basics",
    "Fire Safety at Work",
    "Selling to Hospitals",
    "Négociation avancée",
    "Getting Started as an Administrator",
    "Forklift Refresher",
    "Phishing: See It, Report It",
    "Anti-Bribery Essentials",
    "Introduction to Accessibility",
    "Führung auf Distanz",
    "First Aid",
    "Working at Height",
    "Product Tour",
    "Writing Good Tickets",
    "Onboarding for Partners",
    "Export Control",
    "Sustainable Packaging",
    "Cold Chain Handling",
    "Coaching Conversations",
    "Reading a Balance Sheet",
    "Seguridad en el laboratorio",
    "Lean for Beginners",
    "Incident Response",
    "Presenting with Confidence",
];

const PATHS: [&str; 12] = [
    "New Hire Journey",
    "Partner Certification",
    "Safety Officer",
    "Sales Academy",
    "Leadership I",
    "Leadership II",
    "Compliance 2025",
    "Support Specialist",
    "Warehouse Passport",
    "Product Expert",
    "Trainer Track",
    "Auditor Basics",
];

const TAGS: [&str; 20] = [
    "Compliance",
    "Safety",
    "Sales",
    "Leadership",
    "Onboarding",
    "English",
    "Deutsch",
    "Français",
    "Español",
    "日本語",
    "Video",
    "Live",
    "Mandatory",
    "Elective",
    "Partners",
    "Customers",
    "Advanced",
    "Beginner",
    "Archive",
    "2025",
];

/// The name of the n-th object of a content type. Courses are runs of course groups and share their titles.
pub(super) fn name(type_name: &str, index: u32) -> Option<String> {
    let index = index as usize;
    let name = match type_name {
        "Course" => COURSES.get(index / 2)?,
        "CourseGroup" => COURSES.get(index)?,
        "LearningPath" => PATHS.get(index)?,
        "Tag" => TAGS.get(index)?,
        "Bundle" => return Some(format!("{} Bundle", PATHS.get(index)?)),
        "Product" => return Some(format!("{} Workbook", COURSES.get(index)?)),
        "Meeting" => return Some(format!("{}: Live Session", COURSES.get(index % COURSES.len())?)),
        _ => return None,
    };
    Some((*name).to_owned())
}

/// The slug of the n-th object of a content type.
pub(super) fn slug_of(type_name: &str, index: u32) -> Option<String> {
    let slug = slug(&name(type_name, index)?);
    Some(if type_name == "Course" { format!("{slug}-{}", index % 2 + 1) } else { slug })
}

/// The SKU of the n-th object of a content type, such as `COURSE-017`.
pub(super) fn sku(type_name: &str, index: u32) -> String {
    format!("{}-{index:03}", type_name.to_uppercase())
}
