import "./mantine-styles";
import "./styles.css";

import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";

import { createQueryClient } from "./api/queries";
import { Messages } from "./components/messages";
import { startTexts } from "./i18n";
import { createRouter } from "./router";
import { theme } from "./theme";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root.");

await startTexts();

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={createQueryClient()}>
        <Suspense>
          <RouterProvider router={createRouter()} />
        </Suspense>
        <Messages />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
