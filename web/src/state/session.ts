/** Who is signed in, and whether somebody has to be. */

import { computed, signal } from "@preact/signals";
import { onSignedOut } from "../api/client";
import { session, type Me } from "../api/server";

export const me = signal<Me | null>(null);
export const isAdmin = computed(() => me.value !== null && (!me.value.sign_in || me.value.user?.is_admin === true));
/** The server refused to answer somebody it does not know. */
export const mustSignIn = signal(false);

onSignedOut(() => {
  if (mustSignIn.value) return;
  mustSignIn.value = true;
  void whoAmI();
});

export async function whoAmI(): Promise<void> {
  me.value = await session.me().catch(() => me.value);
  if (me.value?.sign_in && !me.value.user) mustSignIn.value = true;
}

/** Raises ApiError where name and password do not fit. */
export async function signIn(username: string, password: string): Promise<void> {
  await session.login(username, password);
  await whoAmI();
  mustSignIn.value = false;
}

export async function signOut(): Promise<void> {
  await session.logout();
  await whoAmI();
}
