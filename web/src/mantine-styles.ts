/** Mantine's styles in the order that it asks for; charts and dates bring theirs with the pages that use them. */

import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
