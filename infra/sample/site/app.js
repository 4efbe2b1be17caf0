// The page loads its products from its own host, the comments and the basket from the API's.
const api = 'https://api.example'

async function show() {
  const products = await (await fetch('/products.json?page=1&sort=price')).json()
  document.querySelector('#products').replaceChildren(
    ...products.items.map(item => {
      const article = document.createElement('article')
      article.innerHTML = `<h3>${item.name}</h3><p class="price">${item.price.toFixed(2)}</p>`
      return article
    }),
  )
  const comments = await (await fetch(`${api}/v1/comments?product=7&limit=10`)).json()
  for (const { text } of comments.items) {
    const li = document.createElement('li')
    li.textContent = text
    document.querySelector('#comments ul').append(li)
  }
  await fetch(`${api}/v1/basket`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: 'Bearer guest' },
    body: JSON.stringify({
      items: [{ id: products.items[0].id, count: 2 }],
      note: 'Gift wrap, please; it is a present',
    }),
  })
  document.title = `Shop (${products.items.length})`
}

show()
