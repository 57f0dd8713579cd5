/** What draws messages, in a file of its own: `messages` loads it when there may be some. */

export { Notifications } from "@mantine/notifications";
